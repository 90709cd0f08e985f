"""What happens to a shop's customers and companies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Address, Company, CompanyLocation, Customer
from ml_connector.sandbox.shopify.office import Office
from ml_connector.sandbox.shopify.spec import CustomerSpec


class People(Office):
    """A shop with customers who come, change, merge and ask to be forgotten."""

    def add_customer(self, spec: CustomerSpec) -> Customer:
        """Create a customer."""
        customer = self._new_customer(spec, self.clock())
        self._announce_customer("CUSTOMERS_CREATE", customer, self.outbox.uuid())
        return customer

    def _new_customer(self, spec: CustomerSpec, now: datetime) -> Customer:
        customer = Customer(
            id=self.numbers.next(),
            created_at=now,
            updated_at=now,
            first_name=spec.first_name,
            last_name=spec.last_name,
            email=spec.email,
            phone=spec.phone,
            note=spec.note,
            tags=list(spec.tags),
            locale=spec.locale,
            tax_exempt=spec.tax_exempt,
            tax_exemptions=list(spec.tax_exemptions),
            index_from=self._index_from(now),
            metafields={(namespace, key): value for namespace, key, value in spec.metafields},
        )
        if spec.address is not None:
            home = replace(spec.address, id=self.numbers.next())
            customer.addresses, customer.default_address = [home], home.id
        self.customers[customer.id] = customer
        return customer

    def change_customer(self, customer: Customer, **changed: Any) -> None:
        """Set attributes of a customer and tell who listens."""
        for name, value in changed.items():
            setattr(customer, name, value)
        self.customer_changed(customer)

    def customer_changed(self, customer: Customer) -> None:
        """Note that a customer changed now, and tell who listens."""
        customer.updated_at = self.clock()
        customer.index_from = self._index_from(customer.updated_at)
        self._announce_customer("CUSTOMERS_UPDATE", customer, self.outbox.uuid())

    def delete_customer(self, customer: Customer) -> None:
        """Delete a customer; only the id is announced."""
        del self.customers[customer.id]
        body = {
            "id": customer.id,
            "tax_exemptions": list(customer.tax_exemptions),
            "admin_graphql_api_id": gid("Customer", customer.id),
        }
        self.announce("CUSTOMERS_DELETE", body, self.outbox.uuid())

    def merge_customers(self, kept: Customer, removed: Customer) -> str:
        """Merge *removed* into *kept*: its orders move, its id answers null from now on.

        Returns:
            The global id of the job.
        """
        event = self.outbox.uuid()
        for order in self.orders.values():
            if order.customer_id == removed.id:
                order.customer_id = kept.id
                self._changed(order)
        kept.addresses += removed.addresses
        kept.email = kept.email or removed.email
        kept.updated_at = self.clock()
        del self.customers[removed.id]
        job = f"gid://shopify/CustomerMergeRequest/{self.numbers.next()}"
        self.merges[job] = (kept.id, removed.id)
        self.announce(
            "CUSTOMERS_MERGE",
            {
                "admin_graphql_api_customer_kept_id": gid("Customer", kept.id),
                "admin_graphql_api_customer_deleted_id": gid("Customer", removed.id),
                "admin_graphql_api_job_id": job,
                "status": "success",
                "errors": [],
            },
            event,
        )
        self._announce_customer("CUSTOMERS_UPDATE", kept, event)
        return job

    def add_company(
        self,
        name: str,
        contact: CustomerSpec,
        address: Address,
        *,
        tax_registration_id: str | None = None,
        tax_exempt: bool = False,
    ) -> CompanyLocation:
        """Create a business customer with one location and one contact."""
        now = self.clock()
        person = self.find_customer(contact.email) or self.add_customer(contact)
        company = Company(self.numbers.next(), name, now, now, contact_id=self.numbers.next(), customer_id=person.id)
        location = CompanyLocation(
            self.numbers.next(),
            company.id,
            f"{name}, {address.city}",
            address,
            now,
            now,
            tax_registration_id,
            tax_exempt,
            currency=self.settings.currency,
        )
        company.location_ids.append(location.id)
        person.company_contacts.append(company.id)
        self.companies[company.id] = company
        self.company_locations[location.id] = location
        return location

    def request_data(self, customer: Customer) -> None:
        """A buyer asks what is known about her."""
        theirs = [order.id for order in self.orders.values() if order.customer_id == customer.id]
        self.announce(
            "CUSTOMERS_DATA_REQUEST",
            {
                "shop_id": self.id,
                "shop_domain": self.domain,
                "customer": _contact(customer),
                "orders_requested": theirs,
                "data_request": {"id": self.numbers.next()},
            },
            self.outbox.uuid(),
        )

    def redact_customer(self, customer: Customer) -> None:
        """A buyer is forgotten: names vanish from later reads, orders stay."""
        theirs = [order for order in self.orders.values() if order.customer_id == customer.id]
        self.announce(
            "CUSTOMERS_REDACT",
            {
                "shop_id": self.id,
                "shop_domain": self.domain,
                "customer": _contact(customer),
                "orders_to_redact": [order.id for order in theirs],
            },
            self.outbox.uuid(),
        )
        for order in theirs:
            order.email = order.phone = order.billing = order.shipping_address = None
            self._changed(order)
        customer.first_name = customer.last_name = customer.email = customer.phone = None
        customer.addresses, customer.default_address = [], None

    def redact_shop(self) -> None:
        """48 hours after the app left: forget the shop."""
        self.announce("SHOP_REDACT", {"shop_id": self.id, "shop_domain": self.domain}, self.outbox.uuid())


def _contact(customer: Customer) -> dict[str, Any]:
    return {"id": customer.id, "email": customer.email, "phone": customer.phone}
